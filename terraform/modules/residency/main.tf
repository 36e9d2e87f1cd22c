# The one place where a cell learns where it stands; it refuses to stand anywhere else.

locals {
  zone        = jsondecode(file("${path.module}/../../zones.json")).zones[var.zone]
  environment = lookup(local.zone.environments, var.env, { account_id = "", buckets = {}, capacity = {}, domain = "", manifest = "" })
}

data "aws_region" "here" {
  lifecycle {
    postcondition {
      condition     = self.name == local.zone.region
      error_message = "The provider is in ${self.name}, but zone ${var.zone} is kept in ${local.zone.region}."
    }
    precondition {
      condition     = contains(local.zone.allowed_regions, local.zone.region)
      error_message = "The region of zone ${var.zone} is not one of its allowed regions."
    }
  }
}

data "aws_caller_identity" "here" {
  lifecycle {
    postcondition {
      condition     = self.account_id == local.environment.account_id
      error_message = "The provider is signed in to account ${self.account_id}, which is not that of ${var.env} in zone ${var.zone}."
    }
    precondition {
      condition     = contains(keys(local.zone.environments), var.env)
      error_message = "Zone ${var.zone} has no environment ${var.env}."
    }
  }
}
