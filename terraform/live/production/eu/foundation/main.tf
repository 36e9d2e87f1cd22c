# Written from zones.json by `make terraform-roots`; do not edit.

terraform {
  required_version = ">= 1.10.0, < 2.0.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  backend "s3" {
    bucket              = "darasa-production-eu-state"
    key                 = "production/eu/foundation"
    region              = "eu-central-1"
    encrypt             = true
    kms_key_id          = "alias/darasa-production-eu-state"
    use_lockfile        = true
    allowed_account_ids = ["111111111102"]
  }
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111111111102"]

  default_tags {
    tags = {
      "darasa:env"   = "production"
      "darasa:zone"  = "eu"
      "darasa:layer" = "foundation"
    }
  }
}

module "foundation" {
  source = "../../../../cells/foundation"
  env    = "production"
  zone   = "eu"
}

output "foundation" {
  value = module.foundation
}
