"""What countries are also called in lists, beside their names in the languages of CLDR, which `places` knows. Pure."""

from collections.abc import Mapping
from typing import Final

ALSO_CALLED: Final[Mapping[str, str]] = {
    "holland": "NL", "nederlands": "NL", "pays bas": "NL", "great britain": "GB", "groot brittannie": "GB",
    "britain": "GB", "england": "GB", "engeland": "GB", "scotland": "GB", "schotland": "GB", "wales": "GB",
    "northern ireland": "GB", "noord ierland": "GB", "eire": "IE", "verenigde staten van amerika": "US",
    "united states of america": "US", "vs": "US", "usa": "US", "america": "US", "amerika": "US",
    "bondsrepubliek duitsland": "DE", "brd": "DE", "bundesrepublik deutschland": "DE", "czech republic": "CZ",
    "turkey": "TR", "luxemburg": "LU", "groothertogdom luxemburg": "LU", "macedonia": "MK", "ivory coast": "CI",
}  # fmt: skip
