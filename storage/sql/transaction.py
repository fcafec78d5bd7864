"""What a transaction can touch: one small repository a noun."""

from functools import cached_property

from sqlalchemy import Connection

from storage.sql.attachments import Attachments
from storage.sql.audit import Audit
from storage.sql.avatar_uploads import AvatarUploads
from storage.sql.codes import Codes
from storage.sql.drawings import Drawings
from storage.sql.erasures import Erasures
from storage.sql.families import Families
from storage.sql.feedback import Feedbacks
from storage.sql.feedback_reports import FeedbackReports
from storage.sql.invites import Invites
from storage.sql.logs import Logs
from storage.sql.messages import Messages
from storage.sql.notifications import Notifications
from storage.sql.payment_reviews import PaymentReviews
from storage.sql.points import Points
from storage.sql.profiles import Profiles
from storage.sql.purchases import Purchases
from storage.sql.readings import Readings
from storage.sql.reminders import Reminders
from storage.sql.runs import Runs
from storage.sql.sessions import Sessions
from storage.sql.shares import Shares
from storage.sql.tool_calls import ToolCalls
from storage.sql.unseen import Unseen
from storage.sql.users import Users


class Transaction:
    """One transaction's view of the store; it begins and ends outside."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def users(self) -> Users:
        return Users(self.connection)

    @cached_property
    def codes(self) -> Codes:
        return Codes(self.connection)

    @cached_property
    def families(self) -> Families:
        return Families(self.connection)

    @cached_property
    def points(self) -> Points:
        return Points(self.connection)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self.connection)

    @cached_property
    def messages(self) -> Messages:
        return Messages(self.connection)

    @cached_property
    def runs(self) -> Runs:
        return Runs(self.connection)

    @cached_property
    def tool_calls(self) -> ToolCalls:
        return ToolCalls(self.connection)

    @cached_property
    def logs(self) -> Logs:
        return Logs(self.connection)

    @cached_property
    def readings(self) -> Readings:
        return Readings(self.connection)

    @cached_property
    def reminders(self) -> Reminders:
        return Reminders(self.connection)

    @cached_property
    def notifications(self) -> Notifications:
        return Notifications(self.connection)

    @cached_property
    def shares(self) -> Shares:
        return Shares(self.connection)

    @cached_property
    def drawings(self) -> Drawings:
        return Drawings(self.connection)

    @cached_property
    def attachments(self) -> Attachments:
        return Attachments(self.connection)

    @cached_property
    def feedback(self) -> Feedbacks:
        return Feedbacks(self.connection)

    @cached_property
    def feedback_reports(self) -> FeedbackReports:
        return FeedbackReports(self.connection)

    @cached_property
    def profiles(self) -> Profiles:
        return Profiles(self.connection)

    @cached_property
    def purchases(self) -> Purchases:
        return Purchases(self.connection)

    @cached_property
    def payment_reviews(self) -> PaymentReviews:
        return PaymentReviews(self.connection)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.connection)

    @cached_property
    def invites(self) -> Invites:
        return Invites(self.connection)

    @cached_property
    def unseen(self) -> Unseen:
        return Unseen(self.connection)

    @cached_property
    def erasures(self) -> Erasures:
        return Erasures(self.connection)

    @cached_property
    def avatar_uploads(self) -> AvatarUploads:
        return AvatarUploads(self.connection)
