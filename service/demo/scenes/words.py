"""Deeds that several scenes begin with."""

from typing import Any

from service.demo.model import Deed, Post


def worker(saves: str, name: str, service: str, country: str = "NL") -> Post:
    """A subprocessor is entered, bound to the same duties since 15 January."""
    body: dict[str, Any] = {"name": name, "service": service, "country": country, "bound_on": "2026-01-15"}
    return Post("subprocessors", body, saves=saves)


def announced(saves: str, kind: str, reason: str, **more: Any) -> tuple[Deed, ...]:
    """A change is entered and announced at once."""
    body = {"kind": kind, "reason": reason, **more}
    return (Post("changes", body, saves=saves), Post(f"changes/{{{saves}}}/notify"))
