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

variable "image_id" {
  description = "The prebaked image of this kind of machine."
  type        = string
}

variable "vpc_id" {
  type = string
}

variable "cidr" {
  description = "Addresses of the cell."
  type        = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "kms_key_arn" {
  description = "The cell's key."
  type        = string
}

variable "settings" {
  description = "Names and addresses for /etc/darasa/cell.env."
  type        = map(string)
  default     = {}
}

variable "bounds" {
  description = "Between which counts; from zones.json."
  type        = object({ min = number, max = number })
}

variable "buckets" {
  description = "Kind → bucket."
  type        = map(string)
}

variable "drain_queue_arn" {
  description = "Where machines that are to go are named."
  type        = string
}

variable "drain_role_arn" {
  description = "The role by which they are named there."
  type        = string
}

variable "instance_type" {
  description = "8 processors: two compositions at a time in about half the lesson's length (docs/operations/recordings.md)."
  type        = string
  default     = "c7i.2xlarge"
}

variable "queue" {
  description = "The zone's own queue: whatever is recorded here is composed here."
  type        = string
}

variable "database_secret_arn" {
  description = "Where RDS keeps its password."
  type        = string
}

variable "file_system_id" {
  description = "The folder of recordings."
  type        = string
}
