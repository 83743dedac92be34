"""Programs of other libraries, each run in an environment without ours."""
