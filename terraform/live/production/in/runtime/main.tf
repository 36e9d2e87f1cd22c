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
    bucket              = "darasa-production-in-state"
    key                 = "production/in/runtime"
    region              = "ap-south-1"
    encrypt             = true
    kms_key_id          = "alias/darasa-production-in-state"
    use_lockfile        = true
    allowed_account_ids = ["111111111302"]
  }
}

provider "aws" {
  region              = "ap-south-1"
  allowed_account_ids = ["111111111302"]

  default_tags {
    tags = {
      "darasa:env"   = "production"
      "darasa:zone"  = "in"
      "darasa:layer" = "runtime"
    }
  }
}

module "runtime" {
  source = "../../../../cells/runtime"
  env    = "production"
  zone   = "in"
}

output "runtime" {
  value = module.runtime
}
