"""What users get, and what it costs."""

from pydantic import BaseModel, Field

from runtime.settings.values import Count, Points


class Offer(BaseModel):
    """What users get, and what it costs."""

    session_user_messages: Count = Field(
        default=2, description="User messages in one session: the divination and its follow-ups."
    )
    follow_up_suggestions: int = Field(
        default=2,
        ge=0,
        le=5,
        description="Questions suggested after a divination, at most; 0 for none.",
    )
    drawings_per_user: Count = Field(default=50, description="Drawings one user may keep.")
    streams_per_user: Count = Field(
        default=3, description="Event streams one user may hold open at once."
    )
    price_divination: Points = Field(default=10, description="Points that a divination costs.")
    price_follow_up: Points = Field(default=5, description="Points that a follow-up costs.")
    signup_points: Points = Field(default=100, description="Points that a new user starts with.")
    invite_points: Points = Field(
        default=20, description="Points for a user whose invite code somebody used."
    )
    invited_points: Points = Field(
        default=20, description="Points for a user who used an invite code."
    )
    invite_days: Count = Field(
        default=30, description="The oldest account that may use an invite code, in days."
    )
    invites_per_day: Count = Field(
        default=5, description="Uses of one user's code that bring them points within a day."
    )
    invites_in_all: Count = Field(
        default=100, description="Uses of one user's code that bring them points at all."
    )
