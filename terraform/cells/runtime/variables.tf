variable "env" {
  description = "An environment of the zone."
  type        = string
}

variable "zone" {
  description = "A zone of zones.json."
  type        = string
}

variable "bridge_colours" {
  description = "Pools of bridges, a version each. Two while a new one takes over."
  type        = set(string)
  default     = ["blue"]
}

variable "bridge_colour" {
  description = "Which of them follows the timetable."
  type        = string
  default     = "blue"

  validation {
    condition     = contains(var.bridge_colours, var.bridge_colour)
    error_message = "There are no bridges of that colour."
  }
}

variable "shard" {
  description = "Which of the shards takes rooms."
  type        = string
  default     = "a"

  validation {
    condition     = contains(var.shards, var.shard)
    error_message = "There is no shard of that name."
  }
}

variable "shards" {
  description = "Signalling shards: the one that takes rooms and, while it is replaced, the next one."
  type        = set(string)
  default     = ["a"]

  validation {
    condition     = length(var.shards) >= 1
    error_message = "Without a shard there is no lesson."
  }
}
