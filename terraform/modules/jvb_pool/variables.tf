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

variable "colour" {
  description = "Jicofo mixes no versions of bridges in one conference: a new version is a second pool, the old one is drained."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2,10}$", var.colour))
    error_message = "A short word."
  }
}

variable "instance_type" {
  description = "8 processors, 16 GB, one bridge each: SWITCH has 8 and 8 GB, Jitsi 8 and 12 GB."
  type        = string
  default     = "c7i.2xlarge"
}

variable "participants" {
  description = "How many people are planned for one bridge: 3.3 Mbit/s each make 400 Mbit/s, which is where 8 processors were seen to stop."
  type        = number
  default     = 120
}

variable "stress" {
  description = "The mean stress above which bridges are added without being asked, in percent; overload is 80."
  type        = number
  default     = 50
}

variable "client_security_group_ids" {
  description = "Who gives bridges orders: kind of machine → its security group."
  type        = map(string)
}

variable "shard_hosts" {
  description = "The shards of this cell, which its bridges join; never another cell's."
  type        = list(string)
}
