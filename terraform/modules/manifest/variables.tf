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

variable "parameter" {
  description = "Name of the parameter; from zones.json."
  type        = string

  validation {
    condition     = var.parameter == "/vc/${var.cell.env}/${var.cell.zone}/manifest"
    error_message = "The manifest of a cell stands under the cell's own name."
  }
}

variable "buckets" {
  type = map(string)
}

variable "kms_key_arn" {
  type = string

  validation {
    condition     = startswith(var.kms_key_arn, "arn:aws:kms:${var.cell.region}:${var.cell.account_id}:")
    error_message = "The key is not of this cell."
  }
}

variable "pools" {
  description = "Kind → group, bounds and, of bridges, how many people are planned for one."
  type = map(object({
    asg          = string
    min          = number
    max          = number
    participants = optional(number)
  }))
}

variable "drain_queue_url" {
  type = string
}

variable "queue" {
  description = "The zone's Celery queue."
  type        = string
}

variable "hosts" {
  type = map(string)
}
