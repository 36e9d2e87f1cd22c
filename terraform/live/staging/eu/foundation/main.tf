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
    bucket              = "darasa-staging-eu-state"
    key                 = "staging/eu/foundation"
    region              = "eu-central-1"
    encrypt             = true
    kms_key_id          = "alias/darasa-staging-eu-state"
    use_lockfile        = true
    allowed_account_ids = ["111111111101"]
  }
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["111111111101"]

  default_tags {
    tags = {
      "darasa:env"   = "staging"
      "darasa:zone"  = "eu"
      "darasa:layer" = "foundation"
    }
  }
}

module "foundation" {
  source = "../../../../cells/foundation"
  env    = "staging"
  zone   = "eu"
}

output "foundation" {
  value = module.foundation
}
