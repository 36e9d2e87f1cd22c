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

variable "buckets" {
  description = "Names of the buckets: recordings, raw, logs."
  type = object({
    recordings = string
    raw        = string
    logs       = string
  })

  validation {
    condition     = alltrue([for name in values(var.buckets) : startswith(name, "${var.cell.name}-")])
    error_message = "A bucket's name begins with the name of its cell."
  }
}

variable "kms_key_arn" {
  description = "The cell's key."
  type        = string
}

variable "s3_endpoint_id" {
  description = "The only door by which anything is written."
  type        = string
}

variable "retention_days" {
  description = "When the store lets go of a recording, if Darasa has not before; the zone's law says."
  type        = number

  validation {
    condition     = var.retention_days >= 1
    error_message = "At least a day."
  }
}

variable "noncurrent_days" {
  description = "How long a deleted recording can be got back. After that it is gone, which is what deleting promises."
  type        = number

  validation {
    condition     = var.noncurrent_days >= 1 && var.noncurrent_days <= 90
    error_message = "1 to 90 days: what was deleted must be gone some day."
  }
}

variable "raw_days" {
  description = "Raw material and logs."
  type        = number
  default     = 30
}

variable "site" {
  description = "The origin whose pages play recordings."
  type        = string
}
