"""format=flowed → paragraphs. RFC 3676.

Owns the joining of soft-wrapped lines; quotation marks and the signature's delimiter stay lines of their own.
"""


def unflow(text: str, *, delete_space: bool) -> str:
    """Join flowed lines. delete_space: DelSp=yes, the trailing space is not part of the text. RFC 3676 §4.2–§4.4."""
    out: list[str] = []
    paragraph: list[str] = []
    paragraph_depth = 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")  # §4.4: stuffed, or the space after quotation marks
        if paragraph and (depth != paragraph_depth or content in {"-- ", ""}):
            # §4.5: a change of depth ends a paragraph. So does an empty line for every reader but the RFC.
            out.append(_quoted(paragraph_depth, "".join(paragraph).rstrip(" ")))
            paragraph = []
        paragraph_depth = depth
        if content.endswith(" ") and content != "-- ":  # §4.3: the signature's delimiter is fixed
            paragraph.append(content[:-1] if delete_space else content)
            continue
        paragraph.append(content)
        out.append(_quoted(depth, "".join(paragraph)))
        paragraph = []
    if paragraph:
        out.append(_quoted(paragraph_depth, "".join(paragraph)))
    return "\n".join(out)


def _quoted(depth: int, content: str) -> str:
    return ">" * depth + (" " if content else "") + content if depth else content
