class RuleViolation(Exception):  # noqa: N818 - it is the domain's word, not a fault of the program
    """A rule of the domain forbids this; the message is a sentence for the person who asked."""
