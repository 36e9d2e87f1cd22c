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

variable "role" {
  description = "What these machines are: app, workers, jvb-blue …"
  type        = string
}

variable "image_id" {
  description = "A prebaked image: minutes of installing at boot are recordings lost at nine o'clock."
  type        = string
}

variable "instance_type" {
  type = string
}

variable "volume_gb" {
  type    = number
  default = 30
}

variable "vpc_id" {
  type = string
}

variable "public" {
  description = "Whether the machines have addresses of their own; media is sent straight to them."
  type        = bool
  default     = false
}

variable "ingress" {
  description = "Who may come in: rule → description, protocol, ports, and a network or a security group."
  type = map(object({
    description       = string
    protocol          = string
    from              = number
    to                = number
    cidr              = optional(string)
    security_group_id = optional(string)
  }))
}

variable "egress" {
  description = "Where these machines may go."
  type = map(object({
    description = string
    protocol    = string
    from        = optional(number)
    to          = optional(number)
    cidr        = string
  }))
}

variable "kms_key_arn" {
  description = "The cell's key."
  type        = string
}

variable "secrets" {
  description = "Secrets that these machines fetch as they start, without the cell's name."
  type        = set(string)
}

variable "statements_json" {
  description = "What else their role may do: statements of a policy, as JSON."
  type        = string
  default     = "[]"
}

variable "settings" {
  description = "Written to /etc/darasa/cell.env; names and addresses, never a secret."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : !can(regex("PASSWORD|SECRET_KEY|TOKEN|PRIVATE", name))])
    error_message = "User data is readable by everything that runs on the machine: secrets are fetched, not written there."
  }
}

variable "log_days" {
  type    = number
  default = 30
}
