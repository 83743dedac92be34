from tests.pages.conftest import Site, offered
async def test_trial(site: Site) -> None:
    w = site.world
    await w.make_processor(reply_to="privacy@acme.example")
    host = await w.make_subprocessor()
    a = await w.make_agreement("kmo-solutions")
    c = await w.make_change(host, reason="Meer opslag")
    await w.announce(c)
    n = await w.notice(c, a)
    path = await site.link(n["id"])
    r = await site.client.get(path)
    print(r.status_code, r.headers)
    print(r.text)
    r = await site.answer(path, "object", "<script>alert(1)</script>")
    print(r.status_code, r.headers)
    print(await site.shown(r.headers["location"].join(["/n/",""]) if 0 else path + "?" + r.headers["location"].split("?")[1]))
