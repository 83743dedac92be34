"""The scenes of the year, one for each processor of the cast."""

from typing import Final

from service.demo.model import Scene
from service.demo.scenes.hosting import HOSTING
from service.demo.scenes.managed import MANAGED
from service.demo.scenes.media import MEDIA
from service.demo.scenes.survey import SURVEY
from service.demo.scenes.telecom import TELECOM

SCENES: Final[tuple[Scene, ...]] = (SURVEY, HOSTING, MANAGED, MEDIA, TELECOM)
