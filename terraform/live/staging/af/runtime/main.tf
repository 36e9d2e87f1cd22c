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
    bucket              = "darasa-staging-af-state"
    key                 = "staging/af/runtime"
    region              = "af-south-1"
    encrypt             = true
    kms_key_id          = "alias/darasa-staging-af-state"
    use_lockfile        = true
    allowed_account_ids = ["111111111201"]
  }
}

provider "aws" {
  region              = "af-south-1"
  allowed_account_ids = ["111111111201"]

  default_tags {
    tags = {
      "darasa:env"   = "staging"
      "darasa:zone"  = "af"
      "darasa:layer" = "runtime"
    }
  }
}

module "runtime" {
  source = "../../../../cells/runtime"
  env    = "staging"
  zone   = "af"
}

output "runtime" {
  value = module.runtime
}
