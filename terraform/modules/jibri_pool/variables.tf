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

variable "drain_queue_arn" {
  description = "Where machines that are to go are named."
  type        = string
}

variable "drain_role_arn" {
  description = "The role by which they are named there."
  type        = string
}

variable "instance_type" {
  description = "4 processors, 8 GB for 720p, one recording each: Jitsi and openfun. For 1080p c7i.2xlarge."
  type        = string
  default     = "c7i.xlarge"
}

variable "client_security_group_ids" {
  description = "Who gives recorders orders: kind of machine → its security group."
  type        = map(string)
}

variable "shard_hosts" {
  description = "The shards of this cell."
  type        = list(string)
}

variable "file_system_id" {
  description = "The folder of recordings."
  type        = string
}

variable "access_point_id" {
  type = string
}
