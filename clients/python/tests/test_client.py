"""The client and the provider over a running Termijn with its sample data: TERMIJN_URL and TERMIJN_KEY say where."""

import asyncio
import os
import unittest

from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagEvaluationDetails, Reason
from termijn_client import AuthenticatedClient
from termijn_client.api.agreements import list_agreements
from termijn_client.api.engagements import list_engagements
from termijn_client.models import EngagementShown
from termijn_client.openfeature import Flag, TermijnProvider

URL, KEY = os.environ["TERMIJN_URL"], os.environ["TERMIJN_KEY"]
NOBODY = "01890000-0000-7000-8000-000000000000"


def flags(given: dict[str, Flag] | None = None, *, url: str = URL, key: str = KEY) -> OpenFeatureClient:
    api.set_provider(TermijnProvider(AuthenticatedClient(base_url=url, token=key), given), "test")
    return api.get_client("test")


def at_work() -> EngagementShown:
    """Who works for which agreement, of the sample data."""
    with AuthenticatedClient(base_url=URL, token=KEY) as client:
        found = list_engagements.sync(client=client)
    return next(one for one in found.items if not one.until)


def asked(one: EngagementShown, **more: str) -> EvaluationContext:
    given = {"agreement": str(one.agreement_id), "subprocessor": str(one.subprocessor_id), "country": str(one.country)}
    return EvaluationContext(attributes={**given, **more})


class ClientTest(unittest.TestCase):
    def test_a_list_is_read_as_models(self) -> None:
        with AuthenticatedClient(base_url=URL, token=KEY) as client:
            answer = list_agreements.sync_detailed(client=client)
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(all(one.customer_name for one in answer.parsed.items))


class ProviderTest(unittest.TestCase):
    def refused(self, details: FlagEvaluationDetails[bool], code: ErrorCode) -> None:
        self.assertIs(details.value, False)
        self.assertEqual((details.reason, details.error_code), (Reason.ERROR, code))
        self.assertEqual(details.flag_metadata["error_code"], code.value)

    def test_it_says_what_the_gate_says(self) -> None:
        yes = flags().get_boolean_details("hosting", False, asked(at_work()))
        self.assertEqual((yes.value, yes.variant, yes.reason), (True, "allowed", Reason.TARGETING_MATCH))
        no = flags().get_boolean_details("hosting", False, asked(at_work(), country="US"))
        self.assertEqual((no.value, no.variant, no.error_code), (False, "refused", None))
        self.assertTrue(no.flag_metadata["why"])

    def test_a_flag_stands_for_a_subprocessor(self) -> None:
        one = at_work()
        made = flags({"hosting": Flag(subprocessor=str(one.subprocessor_id), country=str(one.country))})
        self.assertTrue(made.get_boolean_value("hosting", False, EvaluationContext(str(one.agreement_id))))
        self.refused(
            made.get_boolean_details("other", False, EvaluationContext(str(one.agreement_id))),
            ErrorCode.INVALID_CONTEXT,
        )

    def test_without_blocking_it_is_the_same(self) -> None:
        self.assertTrue(asyncio.run(flags().get_boolean_value_async("hosting", False, asked(at_work()))))

    def test_whatever_goes_wrong_is_a_no(self) -> None:
        context = asked(at_work())
        self.refused(flags().get_boolean_details("hosting", False), ErrorCode.INVALID_CONTEXT)
        self.refused(
            flags().get_boolean_details("hosting", False, asked(at_work(), agreement=NOBODY)), ErrorCode.INVALID_CONTEXT
        )
        self.refused(flags(key="tmj_nothing").get_boolean_details("hosting", False, context), ErrorCode.PROVIDER_FATAL)
        self.refused(flags(url="http://127.0.0.1:1").get_boolean_details("hosting", False, context), ErrorCode.GENERAL)

    def test_a_default_of_true_lets_nobody_through(self) -> None:
        found = flags(url="http://127.0.0.1:1").get_boolean_details("hosting", True, asked(at_work()))
        self.assertEqual((found.value, found.reason), (False, Reason.ERROR))
        self.assertEqual(found.flag_metadata["error_code"], "GENERAL")

    def test_it_has_no_other_flags(self) -> None:
        found = flags().get_string_details("hosting", "x", asked(at_work()))
        self.assertEqual((found.value, found.error_code), ("x", ErrorCode.TYPE_MISMATCH))


if __name__ == "__main__":
    unittest.main()
