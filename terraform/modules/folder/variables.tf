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
