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

variable "kms_key_arn" {
  description = "The cell's key."
  type        = string
}

variable "client_security_group_ids" {
  description = "Who may ask: kind of machine → its security group."
  type        = map(string)
}

variable "node_type" {
  description = "A judgement: both hold little and answer much."
  type        = string
  default     = "cache.m7g.large"
}

variable "replicas" {
  description = "Beside the first of each."
  type        = number
  default     = 1
}
