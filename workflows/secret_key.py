"""The key that links, page forms and signatures are derived from, and the one before it for as long as it counts."""


class Secret(str):
    """Text that no `repr` shows: not in a traceback, a log of settings or a failed assertion."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('…')"


class SecretKey(Secret):
    """The present key as text, from which everything new is derived; what `previous` gave is still recognised."""

    __slots__ = ("previous",)

    previous: Secret

    @classmethod
    def after(cls, previous: Secret, present: Secret) -> "SecretKey":
        """The present key, renewed while what came of the previous one is still in use."""
        made = cls(present)
        made.previous = previous
        return made


def keys_of(secret: str) -> tuple[str, ...]:
    """The keys that something we made may come from, the present one first."""
    return (secret, secret.previous) if isinstance(secret, SecretKey) else (secret,)
