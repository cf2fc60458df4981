"""How events are delivered, whoever runs the handlers."""

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator


class DeliverySettings(BaseModel):
    """How often, how long, and when to give up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    poll: float = Field(
        default=1,
        gt=0,
        le=60,
        description="Seconds between looks for events that other processes left behind.",
    )
    batch: int = Field(
        default=50,
        ge=1,
        le=1000,
        description="Events that a process takes at a time.",
    )
    deadline: float = Field(
        default=30,
        gt=0,
        le=3600,
        description="Seconds that the handlers of one event may take together.",
    )
    lease: float = Field(
        default=60,
        gt=0,
        le=7200,
        validate_default=True,
        description="Seconds after which an event is due again if whoever took it is gone.",
    )
    attempts: int = Field(
        default=20,
        ge=1,
        le=100,
        description="Attempts after which an event is a dead letter.",
    )
    first_pause: float = Field(
        default=1,
        gt=0,
        le=3600,
        description="Seconds to wait at most after the first attempt; doubled each time.",
    )
    longest_pause: float = Field(
        default=300,
        gt=0,
        le=86400,
        description="Seconds to wait at most after any attempt.",
    )
    remembered_days: int = Field(
        default=30,
        ge=1,
        description="Days to remember which handlers have dealt with an event.",
    )
    shutdown_grace: float = Field(
        default=5,
        gt=0,
        le=3600,
        description="Seconds that running handlers are given to finish when stopping.",
    )

    @field_validator("lease")
    @classmethod
    def refuse_early_ends(cls, lease: float, info: ValidationInfo) -> float:
        """What is still being handled must not be given to somebody else."""
        if lease <= info.data.get("deadline", 0):
            raise ValueError("it has to be longer than JOBS__DEADLINE")
        return lease
