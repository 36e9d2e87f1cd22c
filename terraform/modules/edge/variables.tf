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

variable "domain" {
  description = "The cell's own domain: classroom., meet. and turn. stand below it."
  type        = string
}

variable "vpc_id" {
  type = string
}

variable "public_subnet_ids" {
  type = list(string)
}

variable "private_subnet_ids" {
  type = list(string)
}

variable "inner_domain" {
  description = "The domain inside: app.<domain> is Darasa, for shards and recorders."
  type        = string
}

variable "inner_zone_id" {
  type = string
}

variable "cidr" {
  description = "Addresses of the cell."
  type        = string
}

variable "log_bucket" {
  type = string
}

variable "requests_per_five_minutes" {
  description = "From one address. A school has only one: 2,000 people at a bell, a page and its files each."
  type        = number
  default     = 100000
}
