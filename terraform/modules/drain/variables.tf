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

variable "kms_key_arn" {
  description = "The cell's key."
  type        = string
}
