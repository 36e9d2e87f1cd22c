variable "env" {
  description = "production, staging: an environment of the zone."
  type        = string
}

variable "zone" {
  description = "A zone of zones.json."
  type        = string

  validation {
    condition     = contains(keys(jsondecode(file("${path.module}/../../zones.json")).zones), var.zone)
    error_message = "There is no such zone in zones.json."
  }
}
