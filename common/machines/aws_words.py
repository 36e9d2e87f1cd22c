"""What a cell and its cloud tell each other besides numbers of machines: who is about to go, and figures for alarms.

A group's hook holds a machine that is to end and says so in a queue; nobody but us answers. What is not answered goes
when the hook's time is over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import ClientError

from common.machines.aws import connect, translated
from common.machines.contract import Departure, Figure

AT_ONCE = 10  # messages in one call
FIGURES_AT_ONCE = 1000
# A word that is held comes again then; a hundred times, and the queue gives it up (terraform/modules/drain).
AGAIN_SECONDS = 300
ENDING = "autoscaling:EC2_INSTANCE_TERMINATING"


class AwsDepartures:
    def __init__(self, queue_url: str, *, region: str, endpoint_url: str | None = None) -> None:
        self._queue_url = queue_url
        self._queue = connect("sqs", region, endpoint_url)
        self._groups = connect("autoscaling", region, endpoint_url)

    def heard(self) -> list[Departure]:
        """As many as there are at the moment, ten at most. What is no departure, such as the trial word of a new
        hook, is struck off."""
        with translated():
            told = self._queue.receive_message(
                QueueUrl=self._queue_url, MaxNumberOfMessages=AT_ONCE, WaitTimeSeconds=0
            ).get("Messages", [])
            read = [(one["ReceiptHandle"], _departure(one)) for one in told]
            for receipt, departure in read:
                if departure is None:
                    self._strike_off(receipt)
        return [departure for _, departure in read if departure is not None]

    def hold(self, departure: Departure) -> None:
        with translated():
            self._queue.change_message_visibility(
                QueueUrl=self._queue_url,
                ReceiptHandle=departure.ticket["receipt"],
                VisibilityTimeout=AGAIN_SECONDS,
            )
            if _is_awaited(lambda: self._groups.record_lifecycle_action_heartbeat(**_named(departure))):
                return
            self._strike_off(departure.ticket["receipt"])

    def let_go(self, departure: Departure) -> None:
        """Struck off afterwards: a word that is lost between the two is said again, and then nobody waits for it."""
        with translated():
            _is_awaited(
                lambda: self._groups.complete_lifecycle_action(
                    **_named(departure), LifecycleActionResult="CONTINUE"
                )
            )
            self._strike_off(departure.ticket["receipt"])

    def _strike_off(self, receipt: str) -> None:
        self._queue.delete_message(QueueUrl=self._queue_url, ReceiptHandle=receipt)


class AwsGauges:
    def __init__(self, namespace: str, *, region: str, endpoint_url: str | None = None) -> None:
        self._namespace = namespace
        self._watch = connect("cloudwatch", region, endpoint_url)

    def tell(self, figures: Sequence[Figure]) -> None:
        with translated():
            self._watch.put_metric_data(
                Namespace=self._namespace, MetricData=[_datum(one) for one in figures[:FIGURES_AT_ONCE]]
            )


def _departure(message: Any) -> Departure | None:
    try:
        told = json.loads(message["Body"])
        if told.get("LifecycleTransition") != ENDING:
            return None
        ticket = {
            "receipt": message["ReceiptHandle"],
            "hook": told["LifecycleHookName"],
            "token": told["LifecycleActionToken"],
        }
        return Departure(told["EC2InstanceId"], told["AutoScalingGroupName"], ticket)
    except (ValueError, KeyError, AttributeError):
        return None


def _named(departure: Departure) -> dict[str, str]:
    return {
        "AutoScalingGroupName": departure.group,
        "LifecycleHookName": departure.ticket["hook"],
        "LifecycleActionToken": departure.ticket["token"],
    }


def _is_awaited(say: Callable[[], object]) -> bool:
    """False when the cloud no longer waits: the hook's time was over, or somebody else has answered."""
    try:
        say()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ValidationError":
            return False
        raise
    return True


def _datum(figure: Figure) -> dict[str, Any]:
    group = {"Dimensions": [{"Name": "Pool", "Value": figure.group}]} if figure.group else {}
    # terraform/modules/jvb_pool asks for it in percent, and would see nothing of another unit.
    unit = "Percent" if figure.name.endswith("Percent") else "Count"
    return {"MetricName": figure.name, "Value": figure.value, "Unit": unit, **group}
