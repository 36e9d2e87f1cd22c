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

variable "availability_zones" {
  description = "Two of the region."
  type        = list(string)

  validation {
    condition     = length(var.availability_zones) == 2
    error_message = "A cell stands in two availability zones."
  }
}

variable "cidr" {
  description = "The cell's own addresses; 10.<n>.0.0/16, another one for each cell that is ever to be joined."
  type        = string
  default     = "10.64.0.0/16"
}

variable "kms_key_arn" {
  description = "The cell's key."
  type        = string
}

variable "log_days" {
  description = "How long flow logs are kept."
  type        = number
  default     = 90
}
