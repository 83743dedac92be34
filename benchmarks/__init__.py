"""What Termijn does in a second, beside the bare libraries doing the same work: `make bench`."""
