"""Where does an answer end, and its connection? As much of RFC 9112 as servers' answers need."""


def end(answer: bytes) -> int:
    """Tell where an answer ends: 0 while that is not known, -1 where the connection's end tells."""
    head = answer.find(b"\r\n\r\n")
    if head < 0:
        return 0
    fields = answer[: head + 2].lower()
    at = fields.find(b"\r\ncontent-length:")
    if at >= 0:
        return head + 4 + int(fields[at + 17 : fields.index(b"\r\n", at + 2)])
    if b"\r\ntransfer-encoding: chunked" in fields:
        last = answer.find(b"0\r\n\r\n", head)
        return last + 5 if last >= 0 else 0
    return head + 4 if answer[9:12] == b"204" else -1


def closes(answer: bytes) -> bool:
    """Say whether the server takes no further request on this connection."""
    return b"\r\nconnection: close" in answer[: answer.find(b"\r\n\r\n") + 2].lower()
