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

variable "servers" {
  description = "How many, in turn over the subnets."
  type        = number
  default     = 2
}

variable "instance_type" {
  description = "A judgement: 2 processors each, if one in ten is relayed."
  type        = string
  default     = "c7i.large"
}

variable "host" {
  description = "The public name."
  type        = string
}

variable "zone_id" {
  description = "The public zone of the cell."
  type        = string
}
