"""Where SOAP is spoken, and how a message there says what it wants."""

PATH = "/core/soap"


def action_of(content_type: str) -> str:
    """The SOAP action stands in the content type, quoted or not."""
    _, _, rest = content_type.partition("action=")
    return rest.split(";")[0].strip().strip('"')
