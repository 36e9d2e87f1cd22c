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

variable "names" {
  description = "Which secrets there are. Their values never pass through here."
  type        = set(string)
}

variable "kms_key_arn" {
  description = "The cell's key."
  type        = string
}
