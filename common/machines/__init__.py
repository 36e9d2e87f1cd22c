"""Pools of equal machines that somebody else starts and stops: a few verbs, a cloud or a fixed list behind them."""

from common.machines.contract import Floor, Machine, Machines, Seen
from common.machines.fake import FakeMachines
from common.machines.places import Place, read_places
from common.machines.static import StaticMachines

# AwsAsg is imported from common.machines.aws by whoever needs it: boto3 takes half a second.
__all__ = ["FakeMachines", "Floor", "Machine", "Machines", "Place", "Seen", "StaticMachines", "read_places"]
