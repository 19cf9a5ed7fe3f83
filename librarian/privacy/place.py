"""Which fields say where a picture was taken, or where its maker lives?

EXIF tags as in CIPA DC-008 (the GPS directory) and GeoTIFF 1.1; IPTC datasets as in IIM 4.2; XMP
names as in the IPTC Photo Metadata Standard 2023, Adobe's XMP specification part 2 and the W3C's
WGS84 vocabulary, and what drones and phones write beside them under names of their own.
"""

import re

GPS = 0x8825
"""The EXIF tag that leads to the GPS directory; its own tags are 0 to 0x1F."""
LAST_GPS = 0x1F
GEO = frozenset({33550, 33920, 33922, 34264, 34735, 34736, 34737, 50844})
"""GeoTIFF's tags, and those of its predecessors: they tie pixels to places on the earth."""
IIM = frozenset({26, 27, 90, 92, 95, 100, 101})
"""Datasets of IPTC record 2: content location, city, sublocation, state, country."""
IIM_KNOWN = frozenset(
    {0, 3, 4, 5, 7, 8, 10, 12, 15, 20, 22, 25, 30, 35, 37, 38, 40, 42, 45, 47, 50, 55, 60, 62, 63,
     65, 70, 75, 80, 85, 103, 105, 110, 115, 116, 118, 120, 121, 122, 125, 130, 131, 135, 150, 151,
     152, 153, 154, 184, 185, 186, 187, 188, 200, 201, 202, 221, 225, 227, 228, 230, 231, 232}
)  # fmt: skip
"""The other datasets of record 2; what is not among them could be anything."""

DUBLIN_CORE = frozenset({"http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"})
WGS84 = "http://www.w3.org/2003/01/geo/wgs84_pos#"
ANYWHERE = re.compile(
    r".*gps.*|.*latitude|.*longt?itude|.*altitude|geo(?:tag|hash|location|coord).*"
    r"|lat|long?|lng|lat_?long?|city|country(?:code|name)?|sub-?location|shotlocation|worldregion"
    r"|location(?:created|shown|id|name|code)?|province-?state|ciadr\w+",
    re.IGNORECASE,
)
"""Names that speak of a place in whatever vocabulary they stand; the creator's address too."""


def names(local: str, space: str = "") -> bool:
    """Say whether a property of this name and namespace speaks of a place."""
    return (
        ANYWHERE.fullmatch(local) is not None
        or local == "State"  # as Photoshop writes it; a "state" may be anything
        or space == WGS84
        or (space in DUBLIN_CORE and local in ("coverage", "spatial"))
    )
