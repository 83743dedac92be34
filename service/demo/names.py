"""From the names of a scene to the ids that the API gave."""

import re
from typing import Any, Final

from service.demo.outside import NotThere, Outside

_NAMED: Final = re.compile(r"\{([^{}]+)\}")
_LISTED: Final = ".listed"


class Names:
    """The names of one processor's scene."""

    def __init__(self, outside: Outside, processor: str) -> None:
        self._outside = outside
        self._processor = processor
        self._known: dict[str, str] = {}

    def save(self, name: str, id: str) -> None:
        self._known[name] = id

    def knows(self, name: str) -> bool:
        return name in self._known

    async def text(self, template: str) -> str:
        """The text with every name in braces replaced. Raises NotThere."""
        found = {name: await self.id(name) for name in _NAMED.findall(template)}
        return _NAMED.sub(lambda each: found[each[1]], template)

    async def body(self, value: Any) -> Any:
        """The same in every text within a JSON value."""
        match value:
            case str():
                return await self.text(value)
            case dict():
                return {key: await self.body(one) for key, one in value.items()}
            case list() | tuple():
                return [await self.body(one) for one in value]
            case _:
                return value

    async def id(self, name: str) -> str:
        """The id that a name stands for. Raises NotThere."""
        if name in self._known:
            return self._known[name]
        if "!" in name:
            about, kind = name.split("!")
            tasks = await self._items(f"tasks?subject={await self.id(about)}&kind={kind}&state=open")
            if not tasks:
                raise NotThere(f"no open task {kind} about {about}")
            return str(tasks[0]["id"])
        if "#" in name:
            return await self._plan_item(*name.split("#"))
        if name.endswith(_LISTED):
            listed = (await self._agreement(name.removesuffix(_LISTED)))["subprocessors"]
            if not listed:
                raise NotThere(f"{name}: it lists nobody")
            self._known[name] = listed[0]
            return self._known[name]
        if "@" in name:
            change, agreement = name.split("@")
            path = f"notices?change_id={await self.id(change)}&agreement_id={await self.id(agreement)}"
            notices = await self._items(path)
            if not notices:
                raise NotThere(f"no notice {name}")
            self._known[name] = notices[0]["id"]
            return self._known[name]
        raise NotThere(f"nothing was made that is called {name}")

    async def _items(self, path: str) -> list[Any]:
        found: list[Any] = (await self._outside.get(path, processor=self._processor, by="manager"))["items"]
        return found

    async def _agreement(self, who: str) -> Any:
        path = f"agreements/{await self.id(who)}"
        return await self._outside.get(path, processor=self._processor, by="manager")

    async def _plan_item(self, who: str, wanted: str) -> str:
        for item in (await self._agreement(who))["plan"]:
            if item["done_at"] is None and wanted in (item["kind"], item["holder"], item["category"]):
                return str(item["id"])
        raise NotThere(f"no open item {wanted} in the plan of {who}")
