"""Every route below `/api/v1`."""

from litestar.types import ControllerRouterHandler

from service.http.routes import processors

ROUTES: tuple[ControllerRouterHandler, ...] = (*processors.ROUTES,)
