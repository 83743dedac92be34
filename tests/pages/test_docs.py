"""The page of the API's document, in a browser."""

from tests.pages.browsing import Visit


async def test_an_operation_opens(visit: Visit) -> None:
    """Listed with its parameters, its example and its answers; nothing is fetched from elsewhere."""
    async with visit.page("/docs") as page:
        await page.locator("#operations-tag-agreements").click()
        await page.locator("#operations-agreements-createAgreement").click()
        opened = page.locator("#operations-agreements-createAgreement.is-open")
        await opened.get_by_text("Idempotency-Key").first.wait_for()
        assert "C-2026-17" in await opened.inner_text()
        assert "application/problem+json" in await opened.inner_text()
        assert "Unable to render" not in await page.inner_text("body")
