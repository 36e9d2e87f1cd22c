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

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "cidr" {
  description = "Addresses of the cell."
  type        = string
}

variable "kms_key_arn" {
  description = "The cell's key."
  type        = string
}

variable "instance_class" {
  description = "A judgement: 2 processors and 8 GB carry the timetable of some thousand people; measure with `make bench-pages`."
  type        = string
  default     = "db.m7g.large"
}

variable "storage_gb" {
  type    = number
  default = 50
}

variable "multi_az" {
  description = "A second one that takes over."
  type        = bool
  default     = true
}

variable "backup_days" {
  description = "How far back a moment can be restored."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_days >= 7
    error_message = "At least a week."
  }
}
