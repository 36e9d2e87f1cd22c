"""Pools of equal machines that somebody else starts and stops: a few verbs, a cloud or a fixed list behind them."""

from common.machines.contract import Departure, Departures, Figure, Floor, Gauges, Machine, Machines, Seen
from common.machines.fake import FakeDepartures, FakeGauges, FakeMachines
from common.machines.places import Place, read_places, read_spot
from common.machines.static import StaticMachines

# common.machines.aws and aws_words are imported by whoever needs them: boto3 takes half a second.
__all__ = [
    "Departure",
    "Departures",
    "FakeDepartures",
    "FakeGauges",
    "FakeMachines",
    "Figure",
    "Floor",
    "Gauges",
    "Machine",
    "Machines",
    "Place",
    "Seen",
    "StaticMachines",
    "read_places",
    "read_spot",
]
