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

variable "shards" {
  description = "Names."
  type        = set(string)
}

variable "shard" {
  description = "Which of them takes rooms."
  type        = string
}

variable "instance_type" {
  description = "4 processors, 8 GB: Jitsi's handbook."
  type        = string
  default     = "c7i.xlarge"
}

variable "domain" {
  description = "The domain inside: <shard>.<domain>."
  type        = string
}

variable "inner_zone_id" {
  type = string
}

variable "load_balancer_security_group_id" {
  type = string
}

variable "target_group_arn" {
  type = string
}
