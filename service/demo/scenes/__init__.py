"""The scenes of the year, one for each processor of the cast."""

from typing import Final

from service.demo.model import Scene
from service.demo.scenes.hosting import HOSTING
from service.demo.scenes.survey import SURVEY

SCENES: Final[tuple[Scene, ...]] = (SURVEY, HOSTING)
