"""How is a plain JPEG decoded without its header being read anew? Pillow is told what is known.

Pillow reads all a header says into objects before it hands the file to its decoder, which reads the
header again by itself; of all that the decoder needs the size and the colours.
"""

import io

from PIL import ImageFile, JpegImagePlugin

from librarian.picture.jpeg import Jpeg


class Plain(JpegImagePlugin.JpegImageFile):
    """An image to be decoded, of which nothing else is known."""

    def __init__(self, content: bytes, plain: Jpeg) -> None:
        self._plain = plain
        super().__init__(io.BytesIO(content))

    def _open(self) -> None:
        self._size, self._mode = (self._plain.width, self._plain.height), self._plain.mode
        # as Pillow does it itself: the four colours are taken to be turned over, as Adobe has them
        pixels = "CMYK;I" if self._mode == "CMYK" else self._mode
        self.tile = [ImageFile._Tile("jpeg", (0, 0, *self._size), 0, (pixels, ""))]
