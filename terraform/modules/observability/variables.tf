variable "cell" {
  description = "Which cell this is: what the module residency answers."
  type = object({
    name       = string
    env        = string
    zone       = string
    region     = string
    account_id = string
  })
}

variable "kms_key_arn" {
  description = "The cell's key."
  type        = string
}

variable "pools" {
  description = "Kind → name of the group, of every pool."
  type        = map(string)
}

variable "drain_queues" {
  description = "Names of the queue and of its dead letters."
  type        = object({ queue = string, dead = string })
}

variable "database" {
  description = "The database's identifier."
  type        = string
}

variable "load_balancer" {
  description = "The load balancer, as metrics name it."
  type        = string
}

variable "caches" {
  description = "broker, channels → name."
  type        = map(string)
}

variable "runbook" {
  description = "Where the runbooks of these alarms are."
  type        = string
  default     = "docs/operations/terraform.md#alarms"
}
