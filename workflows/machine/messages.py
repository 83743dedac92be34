"""Everything that a subject may be told, by whom it goes to. A test and every start compare it with the tables."""

from typing import Any, Final

from workflows.machine.signals import Message, NoData
from workflows.model.agreement import HoldOn, PassedOn, Terminate
from workflows.model.breach import Closing, Dropped, KindNamed, Reopened, Updated
from workflows.model.change import AnnouncedWith, PlaceKnownSince, Withdraw
from workflows.model.deletion import Ordered
from workflows.model.notice import Agreed, Amended, ContactsChanged, Resend
from workflows.model.parties import Coming, SubprocessorEdit
from workflows.model.reminders import Remind
from workflows.model.replies import Bounced, Classified, Receipt, ReplyIn
from workflows.model.task import Pressed
from workflows.model.terms_version import Adopt, TakenBack
from workflows.model.webhook import Failed

# Whatever it is about, where its table has the trigger
HANDED_OVER: Final = Message("", "handed_over", Receipt)
RECEIVED: Final = Message("", "received", Receipt)
MAYBE_SENT: Final = Message("", "maybe_sent", NoData)
BOUNCED: Final = Message("", "bounced", Bounced)
DELAYED: Final = Message("", "delayed", Bounced)
REPLY: Final = Message("", "reply", ReplyIn)
CLASSIFIED: Final = Message("", "classified", Classified)

ORDERED: Final = Message("", "ordered", Ordered)

CUSTOMER_ERASE: Final = Message("customer", "erase", NoData)
AGREEMENT_OVER: Final = Message("customer", "agreement_over", NoData)
AGREEMENT_MADE: Final = Message("customer", "agreement_made", NoData)
AGREEMENT_COMING: Final = Message("customer", "agreement_coming", Coming)

MOVED: Final = Message("agreement", "moved", PassedOn)
TERMINATE: Final = Message("agreement", "terminate", Terminate)
ADOPT: Final = Message("agreement", "adopt", Adopt)
TEXT_TAKEN_BACK: Final = Message("agreement", "text_taken_back", TakenBack)
HOLD: Final = Message("agreement", "hold", HoldOn)
UNCHOSEN: Final = Message("agreement", "unchosen", NoData)
MAILBOX_READ: Final = Message("agreement", "mailbox_read", NoData)

CARRIED: Final = Message("announcement", "carried", NoData)

ANNOUNCED_WITH: Final = Message("change", "announced_with", AnnouncedWith)
WITHDRAW: Final = Message("change", "withdraw", Withdraw)
REVIEW: Final = Message("change", "review", NoData)
PLACE_KNOWN: Final = Message("change", "place_known", PlaceKnownSince)

RECORD_AMENDED: Final = Message("subprocessor", "amended", SubprocessorEdit)

AMENDED: Final = Message("notice", "amended", Amended)
WITHDRAWN: Final = Message("notice", "withdrawn", NoData)
PUBLISHED: Final = Message("notice", "published", NoData)
CHANGE_ENDED: Final = Message("notice", "change_ended", NoData)
REJOIN: Final = Message("notice", "rejoin", NoData)
READDRESSED: Final = Message("notice", "readdressed", Resend)
CONTACTS_CHANGED: Final = Message("notice", "contacts_changed", ContactsChanged)
AGREED: Final = Message("notice", "agreed", Agreed)
AGREEMENT_ENDED: Final = Message("notice", "agreement_ended", NoData)
SERVICE_ENDED: Final = Message("notice", "service_ended", NoData)
AGREEMENT_GONE: Final = Message("notice", "agreement_gone", NoData)

CASE_NOTIFY: Final = Message("breach_case", "notify", NoData)
CASE_UPDATED: Final = Message("breach_case", "updated", Updated)
CASE_REDISCOVERED: Final = Message("breach_case", "rediscovered", NoData)
CASE_KIND_NAMED: Final = Message("breach_case", "kind_named", KindNamed)
CASE_CLOSE: Final = Message("breach_case", "close", Closing)
CASE_DROP: Final = Message("breach_case", "drop", Dropped)
CASE_REOPEN: Final = Message("breach_case", "reopen", Reopened)

WEBHOOK_FAILED: Final = Message("webhook", "failed", Failed)
WEBHOOK_RECOVERED: Final = Message("webhook", "recovered", NoData)
WEBHOOK_GAVE_UP: Final = Message("webhook", "gave_up", Failed)
WEBHOOK_GONE: Final = Message("webhook", "gone", Failed)

DEADLINE_NEAR: Final = Message("", "remind", Remind)
TASK_NEAR: Final = Message("task", "remind", Pressed)
TASK_DROP: Final = Message("task", "drop", NoData)
TASK_PLAN_REMINDERS: Final = Message("task", "plan_reminders", NoData)

ALL: Final[tuple[Message[Any], ...]] = tuple(one for one in list(globals().values()) if isinstance(one, Message))
