variable "env" {
  description = "An environment of the zone."
  type        = string
}

variable "zone" {
  description = "A zone of zones.json."
  type        = string
}
