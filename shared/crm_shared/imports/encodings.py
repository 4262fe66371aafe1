"""In which encoding a file is written, found out while it streams past."""

import codecs

from crm_shared.imports.errors import FileError

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_IN_CP1251 = b"\x98"


class EncodingGuess:
    """Reads every byte once and knows at the end: UTF-8 (with or without a mark), or cp1251."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._seen = 0
        self._is_utf8 = True
        self._has_utf8_letters = False
        self._may_be_cp1251 = True

    def feed(self, piece: bytes) -> None:
        """Take the next bytes; raises FileError for what no text file holds."""
        if self._seen == 0 and piece.startswith(_UTF_16):
            raise FileError("utf-16", "The file is UTF-16; save it as CSV in UTF-8.")
        if b"\0" in piece:
            raise FileError("nul-byte", "The file holds NUL bytes: it is not a CSV file.")
        self._seen += len(piece)
        if piece.isascii() and not self._decoder.getstate()[0]:
            return
        self._may_be_cp1251 = self._may_be_cp1251 and _NOT_IN_CP1251 not in piece
        if self._is_utf8:
            self._decode(piece)

    def finish(self) -> str:
        """Return the encoding; a file that is neither is refused."""
        if self._is_utf8:
            self._decode(b"", final=True)
        if self._is_utf8:
            return "utf-8-sig"
        # text that began as UTF-8 and then breaks is damaged, not cp1251
        if self._has_utf8_letters or not self._may_be_cp1251:
            raise FileError(
                "broken-encoding", "The file is neither UTF-8 nor Windows-1251 (cp1251)."
            )
        return "cp1251"

    def _decode(self, piece: bytes, *, final: bool = False) -> None:
        try:
            text = self._decoder.decode(piece, final)
        except UnicodeDecodeError as broken:
            valid = broken.object[: broken.start]
            self._has_utf8_letters = self._has_utf8_letters or not valid.isascii()
            self._is_utf8 = False
        else:
            self._has_utf8_letters = self._has_utf8_letters or not text.isascii()
