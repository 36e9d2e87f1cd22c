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

variable "instance_type" {
  description = "A judgement: four web processes; `make bench-reconnect` holds 1,000 sockets on two processors."
  type        = string
  default     = "m7i.xlarge"
}

variable "load_balancer_security_group_id" {
  type = string
}

variable "target_group_arns" {
  description = "Of the load balancers in front: the public one, and the inner one for shards and recorders."
  type        = list(string)
}

variable "drain_queue_arn" {
  description = "What is said there of machines that are to go, Darasa reads."
  type        = string
}

variable "database_secret_arn" {
  description = "Where RDS keeps its password."
  type        = string
}
