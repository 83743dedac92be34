"""What is to be done by a deadline, said to people."""

from service.answers.otherwise import otherwise
from workflows.terms.phrases import rule_title
from workflows.words import Language


def deadline_text(rule: str, text: str, lang: Language) -> str:
    """The title of its rule; of one without a title the `text` that stands there, in the reader's language."""
    title = rule_title(rule, lang, unknown="")
    if title:
        return title
    said = otherwise(text, lang)
    return said.text if said is not None else text
