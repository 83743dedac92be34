"""Terms as the key of what is kept of them."""

from workflows.terms.model import Terms


class Same:
    """Terms that equal themselves alone: comparing all their rules costs more than what it would save. They live as
    long as what is kept under them, so their id is nobody else's."""

    __slots__ = ("terms",)

    def __init__(self, terms: Terms) -> None:
        self.terms = terms

    def __hash__(self) -> int:
        return id(self.terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.terms is other.terms
